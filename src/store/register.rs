//! Registering: a new account with its first session.

use super::{
    Store, StoreError,
    accounts::{NewAccount, insert_account},
    connection::{backend::Durability::Full, either::with_connection},
    invitations::{AcceptedInvitation, accept},
    sessions::{NewSession, begin},
};
use crate::ids::SessionId;

impl Store {
    /// Creates an account, begins its first session, and ends the sessions that the browser had
    /// before. Does all of this or nothing: an account without its session would reject the
    /// retry of its user. An invitation is used up.
    pub(crate) async fn register(
        &self,
        account: &NewAccount<'_>,
        invitation: Option<&AcceptedInvitation>,
        session: &NewSession,
        replaced: &[SessionId],
        update_last_login: bool,
    ) -> Result<(), StoreError> {
        with_connection!(self.backend.begin(Full), async |connection, trail| {
            insert_account(&mut *connection, trail, account).await?;
            if let Some(invitation) = invitation {
                let NewAccount {
                    id,
                    email_key,
                    created_at,
                    ..
                } = *account;
                accept(
                    &mut *connection,
                    trail,
                    invitation,
                    email_key,
                    id,
                    created_at,
                )
                .await?;
            }
            begin(connection, trail, session, replaced, update_last_login).await
        })
    }
}
