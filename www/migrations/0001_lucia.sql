-- The tables that Lucia 2 asks of a database, plus the profile columns of this app.
-- Atlassian lets people hide every part of their profile but the account id, so the profile may be null.

CREATE TABLE user (
	id TEXT NOT NULL PRIMARY KEY,
	name TEXT,
	email TEXT,
	picture TEXT
);

CREATE TABLE user_key (
	id TEXT NOT NULL PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES user (id),
	hashed_password TEXT
);

CREATE TABLE user_session (
	id TEXT NOT NULL PRIMARY KEY,
	user_id TEXT NOT NULL REFERENCES user (id),
	active_expires INTEGER NOT NULL,
	idle_expires INTEGER NOT NULL
);
