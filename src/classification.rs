//! The classification of an error: a stable code, and an action for the app. [`crate::error`] classifies the errors of
//! the package, `oauth::error_response` those of a server.

/// The action of an app after an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The user must sign in again.
    Reauthorize,
    /// Somebody must change the app, its configuration or its registration.
    Configure,
    /// A later retry may succeed.
    Retry,
}

impl Action {
    /// The name for apps to branch on.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reauthorize => "reauthorize",
            Self::Configure => "configure",
            Self::Retry => "retry",
        }
    }
}

/// The code and the action of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classification {
    /// A stable name for callers to branch on.
    pub code: &'static str,
    /// The action for the app.
    pub action: Action,
}

impl Classification {
    /// The user must sign in again.
    pub const fn reauthorize(code: &'static str) -> Self {
        Self {
            code,
            action: Action::Reauthorize,
        }
    }

    /// Somebody must change the app, its configuration or its registration.
    pub const fn configure(code: &'static str) -> Self {
        Self {
            code,
            action: Action::Configure,
        }
    }

    /// A later retry may succeed.
    pub const fn retry(code: &'static str) -> Self {
        Self {
            code,
            action: Action::Retry,
        }
    }
}

/// The code for too many requests.
pub const RATE_LIMITED: &str = "RATE_LIMITED";

/// A wrong call or configuration of the app.
pub const INVALID_ARGUMENT: Classification = Classification::configure("INVALID_ARGUMENT");

/// A request that timed out.
pub const TIMEOUT: Classification = Classification::retry("TIMEOUT");

/// A request without a response, or with a response that broke off.
pub const NETWORK_ERROR: Classification = Classification::retry("NETWORK_ERROR");

/// A response of status 200 to 299 with invalid JSON.
pub const INVALID_JSON: Classification = Classification::retry("INVALID_JSON");
