// The types of Lucia v2 that this package uses. Lucia is an optional peer. An app without it, or with Lucia 3,
// compiles as well: `AuthMethods` then replaces Lucia's types.

// Without `@ts-ignore`, TypeScript would report a missing module or export. With it, both types are then `any`.
// @ts-ignore
import type { Auth as LuciaAuth, Key as LuciaKey } from "lucia";

/** The instance that Lucia's `lucia()` returns. */
export type Auth = unknown extends LuciaAuth ? AuthMethods : LuciaAuth;

/** A Lucia key: it links a provider's user to your user. */
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
