// The types of this app for Lucia 2: the type of `auth`, and the columns that the app adds to Lucia's tables.

/// <reference types="lucia" />

declare namespace Lucia {
	type Auth = import("./lucia.ts").Auth;
	type DatabaseUserAttributes = {
		name: string | null;
		email: string | null;
		picture: string | null;
	};
	type DatabaseSessionAttributes = {
		scope?: string | null;
		token_expires?: number | null;
		sites?: string | null;
	};
}
