//! What an administrator can do to an account: which acts are offered, and their words.

use portcullis::wire::{AccountAct, ListedAccount};

/// Returns the acts that are offered for an account. The server refuses to deactivate the own
/// account, and to remove its rights.
pub(super) fn offered(account: &ListedAccount, is_own: bool) -> Vec<AccountAct> {
    let rights = if account.is_admin {
        AccountAct::RevokeAdmin
    } else {
        AccountAct::GrantAdmin
    };
    match (account.is_active, is_own) {
        (_, true) => vec![AccountAct::EndSessions],
        (true, false) => vec![AccountAct::EndSessions, AccountAct::Deactivate, rights],
        (false, false) => vec![AccountAct::Activate, rights],
    }
}

/// Returns whether an account is as it is after the act.
pub(super) fn is_done(account: &ListedAccount, act: AccountAct) -> bool {
    match act {
        AccountAct::Activate => account.is_active,
        AccountAct::Deactivate => !account.is_active,
        AccountAct::GrantAdmin => account.is_admin,
        AccountAct::RevokeAdmin => !account.is_admin,
        AccountAct::EndSessions => account.live_sessions == 0,
        _ => false,
    }
}

/// The words of an act. An act without a question needs no confirmation.
pub(super) struct Words {
    pub(super) label: &'static str,
    pub(super) question: &'static str,
    pub(super) button: &'static str,
}

impl Words {
    pub(super) fn of(act: AccountAct, is_own: bool) -> Self {
        let (label, question, button) = match act {
            AccountAct::Activate => ("Activate", "", ""),
            AccountAct::Deactivate => (
                "Deactivate …",
                "All devices of this account are signed out at once. The user cannot sign in until you activate the account again.",
                "Yes, deactivate",
            ),
            AccountAct::GrantAdmin => (
                "Make administrator …",
                "The user can then read the audit trail, deactivate accounts and make other administrators.",
                "Yes, make administrator",
            ),
            AccountAct::RevokeAdmin => (
                "Remove administrator rights …",
                "The user stays signed in, and can no longer open the administration.",
                "Yes, remove the rights",
            ),
            _ if is_own => (
                "End all sessions …",
                "All of your devices, this one too, will have to sign in again.",
                "Yes, end all sessions",
            ),
            _ => (
                "End all sessions …",
                "All devices of this account will have to sign in again.",
                "Yes, end all sessions",
            ),
        };
        Self {
            label,
            question,
            button,
        }
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    fn account(is_active: bool, is_admin: bool) -> ListedAccount {
        account_with(is_active, is_admin, 0)
    }

    fn account_with(is_active: bool, is_admin: bool, live_sessions: u32) -> ListedAccount {
        let json = format!(
            r#"{{"id":"1","external_id":null,"email":"","name":"","is_active":{is_active},
                "is_admin":{is_admin},"created_at":0,"last_login_at":null,"live_sessions":{live_sessions}}}"#
        );
        leptos::serde_json::from_str(&json).expect("an account")
    }

    #[test]
    fn refused_acts_are_not_offered_for_the_own_account() {
        use AccountAct::{Activate, Deactivate, EndSessions, GrantAdmin, RevokeAdmin};
        for (is_active, is_admin, is_own, acts) in [
            (true, true, true, &[EndSessions][..]),
            (true, true, false, &[EndSessions, Deactivate, RevokeAdmin]),
            (true, false, false, &[EndSessions, Deactivate, GrantAdmin]),
            (false, false, false, &[Activate, GrantAdmin]),
        ] {
            assert_eq!(offered(&account(is_active, is_admin), is_own), acts);
        }
    }

    #[test]
    fn message_of_an_act_agrees_with_the_account() {
        for act in AccountAct::ALL {
            let (is_active, is_admin) = (account(true, false), account(false, true));
            let expected = match act {
                AccountAct::Activate | AccountAct::RevokeAdmin => (true, false),
                AccountAct::Deactivate | AccountAct::GrantAdmin => (false, true),
                _ => (true, true),
            };
            let done = (is_done(&is_active, *act), is_done(&is_admin, *act));
            assert_eq!(done, expected, "{act:?}");
        }
    }
}
