-- What Atlassian granted at sign-in, for the page to show: the scopes, separated by spaces; when the access token
-- expires, in milliseconds; the sites as JSON, null when Atlassian did not name them. The token is not kept.

ALTER TABLE user_session ADD COLUMN scope TEXT;
ALTER TABLE user_session ADD COLUMN token_expires INTEGER;
ALTER TABLE user_session ADD COLUMN sites TEXT;
