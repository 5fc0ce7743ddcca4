"""Consultations, the whole chart of an injection, what was observed of it, its own bands, side effects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "consultation",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_consultation_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_consultation_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_consultation_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation")),
    )
    with op.batch_alter_table("consultation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consultation_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_team_id"), ["team_id"], unique=False)

    op.create_table(
        "band_change",
        sa.Column("injection_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_by_id", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["changed_by_id"], ["account.id"], name=op.f("fk_band_change_changed_by_id_account")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_band_change_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["injection_id"], ["injection.id"], name=op.f("fk_band_change_injection_id_injection")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_band_change_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_band_change")),
        sa.UniqueConstraint("injection_id", "number", name=op.f("uq_band_change_injection_id_number")),
    )
    with op.batch_alter_table("band_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_band_change_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_band_change_injection_id"), ["injection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_band_change_team_id"), ["team_id"], unique=False)

    op.create_table(
        "consultation_record",
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("onset", sa.String(), nullable=True),
        sa.Column("lasted_months", sa.Integer(), nullable=True),
        sa.Column("history", sa.Text(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("oxford", sa.Integer(), nullable=True),
        sa.Column("power", sa.Integer(), nullable=True),
        sa.Column("endurance_s", sa.Integer(), nullable=True),
        sa.Column("repetitions", sa.Integer(), nullable=True),
        sa.Column("fast", sa.Integer(), nullable=True),
        sa.Column("toxin_allergy", sa.Boolean(), nullable=True),
        sa.Column("milk_allergy", sa.Boolean(), nullable=True),
        sa.Column("infection", sa.Boolean(), nullable=True),
        sa.Column("pregnancy", sa.Boolean(), nullable=True),
        sa.Column("breastfeeding", sa.Boolean(), nullable=True),
        sa.Column("neuromuscular", sa.Boolean(), nullable=True),
        sa.Column("bleeding_disorder", sa.Boolean(), nullable=True),
        sa.Column("anticoagulants", sa.Boolean(), nullable=True),
        sa.Column("blocking_medicine", sa.Boolean(), nullable=True),
        sa.Column("other_toxin", sa.Boolean(), nullable=True),
        sa.Column("consents", sa.Boolean(), nullable=True),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "onset IS NULL OR onset IN ('lifelong', 'acquired')", name=op.f("ck_consultation_record_onset")
        ),
        sa.CheckConstraint(
            "consents IS NULL OR NOT consents OR consent_on IS NOT NULL", name=op.f("ck_consultation_record_consent")
        ),
        sa.CheckConstraint(
            "endurance_s IS NULL OR endurance_s BETWEEN 0 AND 10", name=op.f("ck_consultation_record_endurance")
        ),
        sa.CheckConstraint("fast IS NULL OR fast BETWEEN 0 AND 10", name=op.f("ck_consultation_record_fast")),
        sa.CheckConstraint("grade IS NULL OR grade BETWEEN 1 AND 5", name=op.f("ck_consultation_record_grade")),
        sa.CheckConstraint(
            "lasted_months IS NULL OR lasted_months BETWEEN 0 AND 1200", name=op.f("ck_consultation_record_lasted")
        ),
        sa.CheckConstraint("oxford IS NULL OR oxford BETWEEN 0 AND 5", name=op.f("ck_consultation_record_oxford")),
        sa.CheckConstraint("power IS NULL OR power BETWEEN 0 AND 5", name=op.f("ck_consultation_record_power")),
        sa.CheckConstraint(
            "repetitions IS NULL OR repetitions BETWEEN 0 AND 10", name=op.f("ck_consultation_record_repetitions")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_consultation_record_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_consultation_record_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_consultation_record_recorded_by_id_account")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_consultation_record_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_record")),
        sa.UniqueConstraint("consultation_id", "number", name=op.f("uq_consultation_record_consultation_id_number")),
    )
    with op.batch_alter_table("consultation_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consultation_record_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_record_consultation_id"), ["consultation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_record_team_id"), ["team_id"], unique=False)

    op.create_table(
        "injection_observation",
        sa.Column("injection_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("observed_by_id", sa.Uuid(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('first_effect', 'peak', 'wearing_off')", name=op.f("ck_injection_observation_kind")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_injection_observation_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["injection_id"], ["injection.id"], name=op.f("fk_injection_observation_injection_id_injection")
        ),
        sa.ForeignKeyConstraint(
            ["observed_by_id"], ["account.id"], name=op.f("fk_injection_observation_observed_by_id_account")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_injection_observation_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injection_observation")),
        sa.UniqueConstraint(
            "injection_id", "kind", "number", name=op.f("uq_injection_observation_injection_id_kind_number")
        ),
    )
    with op.batch_alter_table("injection_observation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_injection_observation_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_observation_injection_id"), ["injection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_observation_team_id"), ["team_id"], unique=False)

    op.create_table(
        "side_effect",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("injection_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_side_effect_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["injection_id"], ["injection.id"], name=op.f("fk_side_effect_injection_id_injection")),
        sa.ForeignKeyConstraint(["patient_id"], ["patient.id"], name=op.f("fk_side_effect_patient_id_patient")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_side_effect_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_effect")),
    )
    with op.batch_alter_table("side_effect", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_side_effect_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_side_effect_injection_id"), ["injection_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_side_effect_patient_id"), ["patient_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_side_effect_team_id"), ["team_id"], unique=False)

    op.create_table(
        "consultation_baseline",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("penetration", sa.String(), nullable=False),
        sa.Column("pain", sa.Integer(), nullable=True),
        sa.Column("anxiety", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "penetration IN ('swab', 'tampon', 'finger', 'examination', 'dilator', 'intercourse')",
            name=op.f("ck_consultation_baseline_penetration"),
        ),
        sa.CheckConstraint(
            "anxiety IS NULL OR anxiety BETWEEN 0 AND 10", name=op.f("ck_consultation_baseline_anxiety")
        ),
        sa.CheckConstraint("pain IS NULL OR pain BETWEEN 0 AND 10", name=op.f("ck_consultation_baseline_pain")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_consultation_baseline_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["consultation_record.id"],
            name=op.f("fk_consultation_baseline_record_id_consultation_record"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_consultation_baseline_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_baseline")),
        sa.UniqueConstraint("record_id", "penetration", name=op.f("uq_consultation_baseline_record_id_penetration")),
    )
    with op.batch_alter_table("consultation_baseline", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consultation_baseline_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_baseline_record_id"), ["record_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_baseline_team_id"), ["team_id"], unique=False)

    op.create_table(
        "consultation_goal",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("goal", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "goal IN ('comfort', 'tampon', 'examination', 'finger', 'intercourse', 'none_of_these')",
            name=op.f("ck_consultation_goal_goal"),
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_consultation_goal_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["record_id"], ["consultation_record.id"], name=op.f("fk_consultation_goal_record_id_consultation_record")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_consultation_goal_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_goal")),
        sa.UniqueConstraint("record_id", "goal", name=op.f("uq_consultation_goal_record_id_goal")),
    )
    with op.batch_alter_table("consultation_goal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consultation_goal_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_goal_record_id"), ["record_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_goal_team_id"), ["team_id"], unique=False)

    op.create_table(
        "consultation_treatment",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_consultation_treatment_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["record_id"],
            ["consultation_record.id"],
            name=op.f("fk_consultation_treatment_record_id_consultation_record"),
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_consultation_treatment_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consultation_treatment")),
        sa.UniqueConstraint("record_id", "position", name=op.f("uq_consultation_treatment_record_id_position")),
    )
    with op.batch_alter_table("consultation_treatment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consultation_treatment_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_treatment_record_id"), ["record_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_consultation_treatment_team_id"), ["team_id"], unique=False)

    op.create_table(
        "injection_band",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("band", sa.String(), nullable=False),
        sa.Column("from_day", sa.Integer(), nullable=False),
        sa.Column("to_day", sa.Integer(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("band IN ('onset', 'plateau', 'waning', 'worn_off')", name=op.f("ck_injection_band_band")),
        sa.CheckConstraint(
            "from_day >= 0 AND (to_day IS NULL OR to_day >= from_day)", name=op.f("ck_injection_band_order")
        ),
        sa.ForeignKeyConstraint(
            ["change_id"], ["band_change.id"], name=op.f("fk_injection_band_change_id_band_change")
        ),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_injection_band_clinic_id_clinic")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_injection_band_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_injection_band")),
        sa.UniqueConstraint("change_id", "band", name=op.f("uq_injection_band_change_id_band")),
    )
    with op.batch_alter_table("injection_band", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_injection_band_change_id"), ["change_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_band_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_injection_band_team_id"), ["team_id"], unique=False)

    op.create_table(
        "side_effect_record",
        sa.Column("side_effect_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("began_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("clinic_id", sa.Uuid(), nullable=False),
        sa.Column("team_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("severity IN ('mild', 'moderate', 'severe')", name=op.f("ck_side_effect_record_severity")),
        sa.CheckConstraint("ended_on IS NULL OR ended_on >= began_on", name=op.f("ck_side_effect_record_order")),
        sa.ForeignKeyConstraint(["clinic_id"], ["clinic.id"], name=op.f("fk_side_effect_record_clinic_id_clinic")),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["account.id"], name=op.f("fk_side_effect_record_recorded_by_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["side_effect_id"], ["side_effect.id"], name=op.f("fk_side_effect_record_side_effect_id_side_effect")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_side_effect_record_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_side_effect_record")),
        sa.UniqueConstraint("side_effect_id", "number", name=op.f("uq_side_effect_record_side_effect_id_number")),
    )
    with op.batch_alter_table("side_effect_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_side_effect_record_clinic_id"), ["clinic_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_side_effect_record_side_effect_id"), ["side_effect_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_side_effect_record_team_id"), ["team_id"], unique=False)

    with op.batch_alter_table("injection_chart", schema=None) as batch_op:
        batch_op.add_column(sa.Column("at_time", sa.Time(), nullable=True))
        batch_op.add_column(sa.Column("zone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("consent_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("vial_units", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("lot", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("expires_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("diluent", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("dilution_ml", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("discarded_units", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("guidance", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("needle", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("anaesthesia", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("anaesthetic", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("theatre_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("indwelling", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("indwelling_mm", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("indwelling_until", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("intercourse_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("baths_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("exertion_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("aftercare", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("complications", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("follow_up_on", sa.Date(), nullable=True))
        for name, condition in (
            ("vial", "vial_units IS NULL OR vial_units > 0"),
            ("dilution", "dilution_ml IS NULL OR dilution_ml > 0"),
            ("discarded", "discarded_units IS NULL OR discarded_units >= 0"),
            ("theatre", "theatre_mm IS NULL OR (theatre_mm > 0 AND theatre_mm < 100)"),
            ("indwelling", "indwelling_mm IS NULL OR (indwelling_mm > 0 AND indwelling_mm < 100)"),
        ):
            batch_op.create_check_constraint(op.f(f"ck_injection_chart_{name}"), condition)

    with op.batch_alter_table("injection_site", schema=None) as batch_op:
        batch_op.add_column(sa.Column("depth", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("ml", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("punctures", sa.Integer(), nullable=True))
        for name, condition in (
            ("depth", "depth IS NULL OR depth IN ('submucosal', 'intramuscular', 'fascial')"),
            ("ml", "ml IS NULL OR ml > 0"),
            ("punctures", "punctures IS NULL OR punctures > 0"),
        ):
            batch_op.create_check_constraint(op.f(f"ck_injection_site_{name}"), condition)
