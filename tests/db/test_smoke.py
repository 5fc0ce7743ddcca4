def test_cast(db, cast):
    assert cast.patient.patient_id
