-- Actions of one playbook over all cases, newest first: the list of batches.
create index action_by_playbook on action (playbook, seq);
-- The step that took another's place.
create index step_superseding on step (supersedes) where supersedes is not null;
