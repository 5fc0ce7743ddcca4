"""The first tables"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "clinic",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=False),
        sa.Column("quiet_to", sa.Time(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clinic")),
    )
    op.create_table(
        "reminder_heartbeat",
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("ticked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("worker", name=op.f("pk_reminder_heartbeat")),
    )
    op.create_table(
        "sign_in_attempt",
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_failed_at"), ["failed_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_subject"), ["subject"], unique=False)

    op.create_table(
        "effect_band",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("from_day", sa.Integer(), nullable=False),
        sa.Column("to_day", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("band IN ('onset', 'plateau', 'waning', 'worn_off')", name=op.f("ck_effect_band_band")),
        sa.CheckConstraint(
            "from_day >= 0 AND (to_day IS NULL OR to_day >= from_day)", name=op.f("ck_effect_band_order")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_effect_band_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_effect_band")),
        sa.UniqueConstraint("clinic_id", "product", "band", name=op.f("uq_effect_band_clinic_id_product_band")),
    )
    with op.batch_alter_table("effect_band", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_effect_band_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(
            "uq_effect_band_every_product",
            ["clinic_id", "band"],
            unique=True,
            sqlite_where=sa.text("product IS NULL"),
            postgresql_where=sa.text("product IS NULL"),
        )

    op.create_table(
        "team",
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_team_clinic_id_clinic")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
    )
    with op.batch_alter_table("team", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_team_clinic_id"), ["clinic_id"], unique=False)

    op.create_table(
        "patient",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("therapist_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_patient_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_patient_team_id_team")),
        sa.ForeignKeyConstraint(
            ["therapist_id"], ["account.id"], name=op.f("fk_patient_therapist_id_account"), use_alter=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patient")),
    )
    with op.batch_alter_table("patient", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_patient_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_team_id"), ["team_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_patient_therapist_id"), ["therapist_id"], unique=False)

    op.create_table(
        "program",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_program_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_program_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_program")),
        sa.UniqueConstraint("clinic_id", "key", name=op.f("uq_program_clinic_id_key")),
    )
    with op.batch_alter_table("program", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_program_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_program_team_id"), ["team_id"], unique=False)

    op.create_table(
        "script",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_script_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_script_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_script")),
        sa.UniqueConstraint("clinic_id", "sha256", name=op.f("uq_script_clinic_id_sha256")),
    )
    with op.batch_alter_table("script", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_script_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_script_team_id"), ["team_id"], unique=False)

    op.create_table(
        "account",
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=True),
        sa.Column("sign_in_name", sa.Text(), nullable=False),
        sa.Column("sign_in_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(role = 'patient') = (patient_id IS NOT NULL)", name=op.f("ck_account_patient")),
        sa.CheckConstraint("role IN ('patient', 'therapist')", name=op.f("ck_account_role")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_account_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_account_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_account_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("patient_id", name=op.f("uq_account_patient_id")),
        sa.UniqueConstraint("sign_in_digest", name=op.f("uq_account_sign_in_digest")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_account_team_id"), ["team_id"], unique=False)

    op.create_table(
        "dilator",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("size_mm", sa.Double(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("size_mm > 0 AND size_mm < 100", name=op.f("ck_dilator_size")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_dilator_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_dilator_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_dilator_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dilator")),
        sa.UniqueConstraint("patient_id", "rung", name=op.f("uq_dilator_patient_id_rung")),
    )
    with op.batch_alter_table("dilator", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_dilator_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dilator_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_dilator_team_id"), ["team_id"], unique=False)

    op.create_table(
        "injection",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_injection_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_injection_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_injection_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injection")),
    )
    with op.batch_alter_table("injection", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_injection_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_team_id"), ["team_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("local_on", sa.Date(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("not_before_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.Column("lease_until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f("ck_reminder_sent")),
        sa.CheckConstraint(
            "(state IN ('claimed', 'sending')) = (lease_owner IS NOT NULL)", name=op.f("ck_reminder_lease")
        ),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'unknown', 'dead', 'suppressed')",
            name=op.f("ck_reminder_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('suppressed', 'dead', 'unknown') OR reason IS NOT NULL", name=op.f("ck_reminder_reason")
        ),
        sa.CheckConstraint("(lease_owner IS NULL) = (lease_until_at IS NULL)", name=op.f("ck_reminder_lease_end")),
        sa.CheckConstraint("expires_at > due_at", name=op.f("ck_reminder_window")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_reminder_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_reminder_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_reminder_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("patient_id", "local_on", "slot", name=op.f("uq_reminder_patient_id_local_on_slot")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index("ix_reminder_state_not_before_at", ["state", "not_before_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_team_id"), ["team_id"], unique=False)

    op.create_table(
        "reminder_choice",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("wording", sa.String(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("channel <> 'email' OR address IS NOT NULL", name=op.f("ck_reminder_choice_address")),
        sa.CheckConstraint("channel IN ('none', 'email')", name=op.f("ck_reminder_choice_channel")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_reminder_choice_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_reminder_choice_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_reminder_choice_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_choice")),
    )
    with op.batch_alter_table("reminder_choice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_choice_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index("ix_reminder_choice_patient_id_chosen_at", ["patient_id", "chosen_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_choice_team_id"), ["team_id"], unique=False)
        batch_op.create_index(
            "uq_reminder_choice_current",
            ["patient_id"],
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "injection_chart",
        sa.Column("injection_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("units", sa.Double(), nullable=True),
        sa.Column("insertion_on", sa.Date(), nullable=True),
        sa.Column("operator", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("charted_by_id", sa.Uuid(), nullable=False),
        sa.Column("charted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state <> 'given' OR (product IS NOT NULL AND units IS NOT NULL)", name=op.f("ck_injection_chart_given")
        ),
        sa.CheckConstraint("state IN ('planned', 'given', 'cancelled')", name=op.f("ck_injection_chart_state")),
        sa.CheckConstraint("units IS NULL OR units > 0", name=op.f("ck_injection_chart_units")),
        sa.ForeignKeyConstraint(
            ["charted_by_id"], ["account.id"], name=op.f("fk_injection_chart_charted_by_id_account")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_injection_chart_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["injection_id"], ["injection.id"], name=op.f("fk_injection_chart_injection_id_injection")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_injection_chart_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injection_chart")),
        sa.UniqueConstraint("injection_id", "number", name=op.f("uq_injection_chart_injection_id_number")),
    )
    with op.batch_alter_table("injection_chart", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_injection_chart_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_chart_injection_id"), ["injection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_chart_team_id"), ["team_id"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_by_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_invitation_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["created_by_id"], ["account.id"], name=op.f("fk_invitation_created_by_id_account")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_invitation_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_invitation_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_invitation_token_digest")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_invitation_team_id"), ["team_id"], unique=False)

    op.create_table(
        "reminder_time",
        sa.Column("choice_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("local_time", sa.Time(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["choice_id"], ["reminder_choice.id"], name=op.f("fk_reminder_time_choice_id_reminder_choice")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_reminder_time_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_reminder_time_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_time")),
        sa.UniqueConstraint("choice_id", "slot", name=op.f("uq_reminder_time_choice_id_slot")),
    )
    with op.batch_alter_table("reminder_time", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reminder_time_choice_id"), ["choice_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_time_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_time_team_id"), ["team_id"], unique=False)

    op.create_table(
        "revision",
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("imports", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_revision_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["program_id"], ["program.id"], name=op.f("fk_revision_program_id_program")),
        sa.ForeignKeyConstraint(["published_by_id"], ["account.id"], name=op.f("fk_revision_published_by_id_account")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_revision_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
        sa.UniqueConstraint("program_id", "number", name=op.f("uq_revision_program_id_number")),
        sa.UniqueConstraint("program_id", "sha256", name=op.f("uq_revision_program_id_sha256")),
    )
    with op.batch_alter_table("revision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_revision_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_program_id"), ["program_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_revision_team_id"), ["team_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_sign_in_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_sign_in_team_id_team")),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_sign_in")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_account_id"), ["account_id"], unique=False)

    op.create_table(
        "assignment",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("injection_id", sa.Uuid(), nullable=True),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("assigned_by_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ended_at IS NULL OR ends_on IS NOT NULL", name=op.f("ck_assignment_ended")),
        sa.ForeignKeyConstraint(["assigned_by_id"], ["account.id"], name=op.f("fk_assignment_assigned_by_id_account")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_assignment_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["account.id"], name=op.f("fk_assignment_ended_by_id_account")),
        sa.ForeignKeyConstraint(["injection_id"], ["injection.id"], name=op.f("fk_assignment_injection_id_injection")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_assignment_patient_id_patient")),
        sa.ForeignKeyConstraint(["revision_id"], ["revision.id"], name=op.f("fk_assignment_revision_id_revision")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_assignment_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_injection_id"), ["injection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_revision_id"), ["revision_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_assignment_team_id"), ["team_id"], unique=False)

    op.create_table(
        "injection_site",
        sa.Column("chart_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("muscle", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("clock", sa.Integer(), nullable=True),
        sa.Column("units", sa.Double(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("side IN ('left', 'right', 'midline')", name=op.f("ck_injection_site_side")),
        sa.CheckConstraint("clock IS NULL OR (clock >= 1 AND clock <= 12)", name=op.f("ck_injection_site_clock")),
        sa.CheckConstraint("units > 0", name=op.f("ck_injection_site_units")),
        sa.ForeignKeyConstraint(
            ["chart_id"], ["injection_chart.id"], name=op.f("fk_injection_site_chart_id_injection_chart")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_injection_site_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_injection_site_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injection_site")),
        sa.UniqueConstraint("chart_id", "position", name=op.f("uq_injection_site_chart_id_position")),
    )
    with op.batch_alter_table("injection_site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_injection_site_chart_id"), ["chart_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_site_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_site_team_id"), ["team_id"], unique=False)

    op.create_table(
        "placement",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("ladder", sa.String(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("placed_by_id", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["assignment.id"], name=op.f("fk_placement_assignment_id_assignment")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_placement_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["account.id"], name=op.f("fk_placement_placed_by_id_account")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_placement_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
    )
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_placement_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_team_id"), ["team_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("session_key", sa.String(), nullable=False),
        sa.Column("variant", sa.String(), nullable=True),
        sa.Column("script_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("stop_reason", sa.String(), nullable=True),
        sa.Column("credit", sa.Double(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("dose_ms", sa.JSON(), nullable=False),
        sa.Column("asked_ms", sa.JSON(), nullable=False),
        sa.Column("size_mm", sa.Double(), nullable=True),
        sa.Column("rung", sa.String(), nullable=True),
        sa.Column("pain_before", sa.Integer(), nullable=True),
        sa.Column("pain_peak", sa.Integer(), nullable=True),
        sa.Column("pain_after", sa.Integer(), nullable=True),
        sa.Column("anxiety_before", sa.Integer(), nullable=True),
        sa.Column("anxiety_peak", sa.Integer(), nullable=True),
        sa.Column("anxiety_after", sa.Integer(), nullable=True),
        sa.Column("red_flag", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("outcome IN ('open', 'complete', 'partial', 'stopped')", name=op.f("ck_session_outcome")),
        sa.CheckConstraint("anxiety_after BETWEEN 0 AND 10", name=op.f("ck_session_anxiety_after")),
        sa.CheckConstraint("anxiety_before BETWEEN 0 AND 10", name=op.f("ck_session_anxiety_before")),
        sa.CheckConstraint("anxiety_peak BETWEEN 0 AND 10", name=op.f("ck_session_anxiety_peak")),
        sa.CheckConstraint("credit >= 0 AND credit <= 1", name=op.f("ck_session_credit")),
        sa.CheckConstraint("pain_after BETWEEN 0 AND 10", name=op.f("ck_session_pain_after")),
        sa.CheckConstraint("pain_before BETWEEN 0 AND 10", name=op.f("ck_session_pain_before")),
        sa.CheckConstraint("pain_peak BETWEEN 0 AND 10", name=op.f("ck_session_pain_peak")),
        sa.CheckConstraint("share >= 0 AND share <= 1", name=op.f("ck_session_share")),
        sa.ForeignKeyConstraint(["assignment_id"], ["assignment.id"], name=op.f("fk_session_assignment_id_assignment")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_session_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_session_patient_id_patient")),
        sa.ForeignKeyConstraint(["script_id"], ["script.id"], name=op.f("fk_session_script_id_script")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_session_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_assignment_id"), ["assignment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index("ix_session_patient_id_day_on", ["patient_id", "day_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_team_id"), ["team_id"], unique=False)

    op.create_table(
        "event_conflict",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_event_conflict_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_event_conflict_session_id_session")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_event_conflict_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_conflict")),
    )
    with op.batch_alter_table("event_conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_conflict_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_conflict_session_id"), ["session_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_event_conflict_team_id"), ["team_id"], unique=False)

    op.create_table(
        "session_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mono_ms", sa.Integer(), nullable=False),
        sa.Column("guided_ms", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_session_event_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_session_event_session_id_session")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_session_event_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_event")),
        sa.UniqueConstraint("session_id", "seq", name=op.f("uq_session_event_session_id_seq")),
    )
    with op.batch_alter_table("session_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_event_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_session_event_team_id"), ["team_id"], unique=False)

    # Accounts and patients point to each other. SQLite took the reference as it made the table, PostgreSQL could not.
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(op.f("fk_patient_therapist_id_account"), "patient", "account", ["therapist_id"], ["id"])
