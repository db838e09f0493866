-- The sessions of an app without Lucia (sessions.ts). The hash is that of the token in the cookie, SHA-256 in hexadecimal
-- digits; `expires` is in milliseconds. With Lucia, the table stays empty, and its deleteUser() does not know it.

CREATE TABLE session (
	hash TEXT NOT NULL PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
	expires INTEGER NOT NULL,
	scope TEXT,
	token_expires INTEGER,
	sites TEXT
);

CREATE INDEX session_user_id ON session (user_id);
CREATE INDEX user_key_user_id ON user_key (user_id);
