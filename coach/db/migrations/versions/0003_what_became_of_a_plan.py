"""What became of a plan: pauses, ended phases, opened days, changes, proposals; notices, safety answers, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Free text and open lists, in plain text until now.
_ENCRYPTED = (
    ("injection_chart", "lot"),
    ("injection_chart", "diluent"),
    ("injection_chart", "guidance"),
    ("injection_chart", "needle"),
    ("injection_chart", "anaesthesia"),
    ("injection_chart", "anaesthetic"),
    ("injection_chart", "indwelling_until"),
    ("injection_site", "muscle"),
)


def upgrade() -> None:
    op.create_table(
        "safety_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("is_yes", sa.Boolean(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("urgency IN ('emergency', 'same_day', 'routine')", name=op.f("ck_safety_answer_urgency")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_safety_answer_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_safety_answer_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_safety_answer_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_safety_answer")),
    )
    with op.batch_alter_table("safety_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_safety_answer_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_safety_answer_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_safety_answer_team_id"), ["team_id"], unique=False)

    op.create_table(
        "assignment_change",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('moved', 'extended', 'ended', 'restarted')", name=op.f("ck_assignment_change_kind")
        ),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_assignment_change_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["account.id"], name=op.f("fk_assignment_change_changed_by_id_account")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_assignment_change_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_assignment_change_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment_change")),
        sa.UniqueConstraint("assignment_id", "number", name=op.f("uq_assignment_change_assignment_id_number")),
    )
    with op.batch_alter_table("assignment_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_change_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_change_team_id"), ["team_id"], unique=False)

    op.create_table(
        "due_day",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("due", sa.JSON(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_due_day_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_due_day_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_due_day_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_due_day")),
        sa.UniqueConstraint("assignment_id", "day_on", name=op.f("uq_due_day_assignment_id_day_on")),
    )
    with op.batch_alter_table("due_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_due_day_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_due_day_team_id"), ["team_id"], unique=False)

    op.create_table(
        "notice",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("told_by_id", sa.Uuid(), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_notice_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_notice_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_notice_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_notice_team_id_team")),
        sa.ForeignKeyConstraint(["told_by_id"], ["account.id"], name=op.f("fk_notice_told_by_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index("ix_notice_patient_id_noticed_at", ["patient_id", "noticed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_team_id"), ["team_id"], unique=False)

    op.create_table(
        "pause",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("begun_by_id", sa.Uuid(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "why IN ('menses', 'illness', 'infection', 'procedure', 'travel', 'hold', 'not_today')",
            name=op.f("ck_pause_why"),
        ),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_on IS NULL)", name=op.f("ck_pause_ended")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_pause_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["begun_by_id"], ["account.id"], name=op.f("fk_pause_begun_by_id_account")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_pause_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["account.id"], name=op.f("fk_pause_ended_by_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_pause_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_pause_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
    )
    with op.batch_alter_table("pause", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pause_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pause_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pause_team_id"), ["team_id"], unique=False)

    op.create_table(
        "phase_end",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_phase_end_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_phase_end_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["account.id"], name=op.f("fk_phase_end_ended_by_id_account")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_phase_end_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phase_end")),
        sa.UniqueConstraint("assignment_id", "phase", "number", name=op.f("uq_phase_end_assignment_id_phase_number")),
    )
    with op.batch_alter_table("phase_end", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_phase_end_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_phase_end_team_id"), ["team_id"], unique=False)

    op.create_table(
        "rung_proposal",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("ladder", sa.String(), nullable=False),
        sa.Column("rung_from", sa.String(), nullable=False),
        sa.Column("rung_to", sa.String(), nullable=False),
        sa.Column("needs", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("needs IN ('therapist', 'patient')", name=op.f("ck_rung_proposal_needs")),
        sa.CheckConstraint("outcome IN ('accepted', 'declined', 'withdrawn')", name=op.f("ck_rung_proposal_outcome")),
        sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name=op.f("ck_rung_proposal_closed")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_rung_proposal_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_rung_proposal_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["account.id"], name=op.f("fk_rung_proposal_closed_by_id_account")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_rung_proposal_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rung_proposal")),
    )
    with op.batch_alter_table("rung_proposal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rung_proposal_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rung_proposal_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_rung_proposal_team_id"), ["team_id"], unique=False)
        batch_op.create_index(
            "uq_rung_proposal_open",
            ["assignment_id", "ladder"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "alert",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by_id", sa.Uuid(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("urgency IN ('emergency', 'same_day', 'routine')", name=op.f("ck_alert_urgency")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_alert_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_alert_patient_id_patient")),
        sa.ForeignKeyConstraint(["seen_by_id"], ["account.id"], name=op.f("fk_alert_seen_by_id_account")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_alert_session_id_session")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_alert_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("patient_id", "key", name=op.f("uq_alert_patient_id_key")),
    )
    with op.batch_alter_table("alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_alert_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_alert_team_id"), ["team_id"], unique=False)

    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by", sa.String(), server_default="therapist", nullable=False))
        batch_op.add_column(sa.Column("state", sa.String(), server_default="placed", nullable=False))
        batch_op.add_column(sa.Column("code", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("params", sa.JSON(none_as_null=True), nullable=True))
        batch_op.alter_column("placed_by_id", existing_type=sa.CHAR(length=32), nullable=True)

        for name, condition in (
            ("by", "\"by\" IN ('therapist', 'patient', 'rule')"),
            ("state", "state IN ('placed', 'held', 'locked')"),
            ("whose", "(\"by\" = 'rule') = (placed_by_id IS NULL)"),
            ("why", "\"by\" <> 'rule' OR code IS NOT NULL"),
        ):
            batch_op.create_check_constraint(op.f(f"ck_placement_{name}"), condition)

    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.add_column(sa.Column("highest_dilator", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("clinic", schema=None) as batch_op:
        batch_op.add_column(sa.Column("emergency_number", sa.Text(), nullable=True))

    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("by_rule", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column("ladders", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column("unsettled_since", sa.DateTime(timezone=True), nullable=True))

    op.create_table(
        "clinic_band_change",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("onset", sa.Integer(), nullable=True),
        sa.Column("plateau", sa.Integer(), nullable=True),
        sa.Column("waning", sa.Integer(), nullable=True),
        sa.Column("worn_off", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(onset IS NULL) = (plateau IS NULL) AND (onset IS NULL) = (waning IS NULL)",
            name=op.f("ck_clinic_band_change_half"),
        ),
        sa.CheckConstraint("(onset IS NULL) = (worn_off IS NULL)", name=op.f("ck_clinic_band_change_other_half")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"], ["account.id"], name=op.f("fk_clinic_band_change_changed_by_id_account")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_clinic_band_change_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic_band_change")),
    )
    with op.batch_alter_table("clinic_band_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clinic_band_change_clinic_id"), ["clinic_id"], unique=False)

    for table, name, condition in (
        ("injection_observation", "kind", "kind IN ('first_effect', 'peak', 'wearing_off', 'worn_off')"),
        ("injection_chart", "given", "state <> 'given' OR product IS NOT NULL"),
        ("consultation_record", "grade", "grade IS NULL OR grade BETWEEN 0 AND 5"),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), condition)

    for table, column in _ENCRYPTED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column(column, existing_type=sa.String(), type_=sa.Text())
    _encrypt(op.get_bind())


def _encrypt(connection: sa.Connection) -> None:
    """Writes over what stands there in plain text, under the newest key, as `EncryptedText` reads it."""
    keyring = connection.dialect.coach_keyring  # type: ignore[attr-defined]  # put there by `coach.db.engine`
    for table_name, column in _ENCRYPTED:
        table = sa.table(table_name, sa.column("id"), sa.column(column))
        written = sa.select(table.c.id, table.c[column]).where(table.c[column].is_not(None))
        for row_id, text in connection.execute(written).all():
            sealed = keyring.encrypt(text, purpose=f"{table_name}.{column}")
            connection.execute(table.update().where(table.c.id == row_id).values({column: sealed}))
