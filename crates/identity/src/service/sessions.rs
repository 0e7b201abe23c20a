//! What an officer does with sessions: end them, and say what they work on.

use super::{Identity, StaffSession};
use crate::{
    error::IdentityError,
    model::Session,
    store::{self as tables, sessions},
};
use ::store::transact;
use vocabulary::{Basis, Moment, Problem, kinds};

impl Identity {
    /// Ends the session.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn sign_out(&self, session: &StaffSession, now: Moment) -> Result<(), IdentityError> {
        let key = session.id.to_string();
        transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            sessions::end(tx, session.digest).await?;
            tables::signal(tx, &key, now).await?;
            Ok::<_, IdentityError>(())
        })?;
        self.inner.cache.forget(&key);
        Ok(())
    }

    /// The officer's sessions that have not ended, the latest used first.
    ///
    /// # Errors
    /// Where the store fails.
    pub(crate) async fn sessions(
        &self,
        session: &StaffSession,
        now: Moment,
    ) -> Result<Vec<Session>, IdentityError> {
        let idle_since = now.plus_seconds(-self.inner.config.idle_seconds());
        Ok(sessions::list(&self.inner.store, &session.id.to_string(), now, idle_since).await?)
    }

    /// Ends one of the officer's sessions.
    ///
    /// # Errors
    /// `not-found` where there is none of that number.
    pub(crate) async fn end_session(
        &self,
        session: &StaffSession,
        number: i64,
        now: Moment,
    ) -> Result<(), IdentityError> {
        let key = session.id.to_string();
        transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            if !sessions::end_number(tx, &key, number).await? {
                return Err(IdentityError::from(Problem::new(&kinds::NOT_FOUND)));
            }
            tables::signal(tx, &key, now).await?;
            Ok(())
        })?;
        self.inner.cache.forget(&key);
        Ok(())
    }

    /// Says what the session works on from now on; the revision for its cookie.
    ///
    /// # Errors
    /// `not-signed-in` where the session has ended meanwhile.
    pub(crate) async fn set_basis(
        &self,
        session: &StaffSession,
        basis: Option<&Basis>,
        now: Moment,
    ) -> Result<i64, IdentityError> {
        let key = session.id.to_string();
        let revision = transact!(self.inner.store, tx => {
            tables::lock(tx).await?;
            let revision = sessions::set_basis(tx, session.digest, basis).await?;
            let revision = revision.ok_or_else(|| Problem::new(&kinds::NOT_SIGNED_IN))?;
            tables::signal(tx, &key, now).await?;
            Ok::<_, IdentityError>(revision)
        })?;
        self.inner.cache.forget(&key);
        Ok(revision)
    }
}
