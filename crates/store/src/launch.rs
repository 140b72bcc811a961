//! What an owner decides about the judgement itself: the profile, and that the product is launched. Each decision
//! judges the project again in its transaction.

use crate::access::CanWork;
use crate::audit::{By, log_project};
use crate::changes::write_change;
use crate::database::Store;
use crate::error::Result;
use crate::judging::{Before, Judged, again};
use crate::project::{ProjectDraft, find_project};
use crate::projects::update;
use readiness::evidence::Launch;
use readiness::{Ledger, Source};

impl Store {
    /// Changes a project as [`Store::update_project`] does, and judges it again where what changed decides which checks
    /// apply; `false` if it is gone, or not at the version that was asked for.
    ///
    /// # Errors
    /// The database's.
    pub async fn change_project(
        &self,
        proof: &CanWork,
        draft: &ProjectDraft,
        version: Option<i64>,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        by: &By,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let Some(old) = update(&mut tx, proof, draft, version, by, now).await? else { return Ok(false) };
        let decides = |d: &ProjectDraft| (d.settings.profile.clone(), d.sends_mail);
        if decides(&old) != decides(draft) {
            again(&mut tx, proof.project(), Source::Person, judge, now).await?;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Writes down that the product is launched, or with `launched` false that it is not; saying the same again keeps the
    /// first date. `false` if the project is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn set_launched(
        &self,
        proof: &CanWork,
        launched: bool,
        judge: impl FnOnce(&Ledger, &Before) -> Judged,
        by: &By,
        now: i64,
    ) -> Result<bool> {
        let mut tx = self.begin_write().await?;
        let Some(project) = find_project(&mut tx, proof.workspace(), proof.project()).await? else { return Ok(false) };
        let mut settings = project.draft.settings;
        if settings.launch.is_some() == launched {
            return Ok(true);
        }
        settings.launch = launched.then(|| Launch { at: now, by: by.actor.clone() });
        sqlx::query("UPDATE projects SET version = version + 1, settings = $3 WHERE workspace_id = $1 AND id = $2")
            .bind(proof.workspace())
            .bind(proof.project())
            .bind(serde_json::to_string(&settings)?)
            .execute(&mut *tx)
            .await?;
        let (deed, text) = if launched { ("launched", "Launched.") } else { ("launch taken back", "Not launched yet, after all.") };
        log_project(&mut tx, proof.workspace(), by, deed, proof.project(), "", now).await?;
        write_change(&mut tx, proof.project(), "note", text, &by.actor, now).await?;
        again(&mut tx, proof.project(), Source::Person, judge, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}
