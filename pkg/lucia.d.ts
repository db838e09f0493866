// The types of Lucia v2 that this package names. Lucia is an optional peer: an app without it, or with Lucia 3,
// compiles as well, and gets what the package itself calls in place of Lucia's own types.

// TypeScript reports a module that is not installed, and a member that it lacks, unless it is told not to. Both
// types are `any` then.
// @ts-ignore
import type { Auth as LuciaAuth, Key as LuciaKey } from "lucia";

/** The instance that Lucia's `lucia()` returns. */
export type Auth = unknown extends LuciaAuth ? AuthMethods : LuciaAuth;

/** A key of Lucia's: what joins a user of a provider to a user of the app. */
export type Key = unknown extends LuciaKey
	? Readonly<{ userId: string; providerId: string; providerUserId: string; passwordDefined: boolean }>
	: LuciaKey;

interface AuthMethods {
	useKey: (providerId: string, providerUserId: string, password: string | null) => Promise<{ userId: string }>;
	getUser: (userId: string) => Promise<any>;
	createKey: (options: {
		userId: string;
		providerId: string;
		providerUserId: string;
		password: string | null;
	}) => Promise<Key>;
	createUser: (options: {
		userId?: string;
		key: { providerId: string; providerUserId: string; password: string | null } | null;
		attributes: any;
	}) => Promise<any>;
	transformDatabaseUser: (databaseUser: any) => any;
}
