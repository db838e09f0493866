-- The sessions of an app without Lucia (sessions.ts). The hash is that of the token in the cookie, SHA-256 in hexadecimal
-- digits; `expires` is in milliseconds. With Lucia, the table stays empty.

CREATE TABLE session (
	hash TEXT NOT NULL PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES user (id),
	expires INTEGER NOT NULL,
	scope TEXT,
	token_expires INTEGER,
	sites TEXT
);
