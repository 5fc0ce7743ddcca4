"""Settings that would quietly do harm stop the start."""

from __future__ import annotations

import pytest

from coach.config import BadSetting, make_keys, settings_from


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    make_keys(tmp_path / "keys")
    return {"COACH_VAR": str(tmp_path), "COACH_BASE_URL": "https://plan.example.org"}


def test_behind_tls_the_number_of_proxies_has_to_be_said(environment):
    """Otherwise all sign-ins come from one address, and twenty wrong ones keep everybody out."""
    with pytest.raises(BadSetting, match="COACH_TRUSTED_PROXIES"):
        settings_from(environment)
    settings = settings_from({**environment, "COACH_TRUSTED_PROXIES": "1"})
    assert (settings.trusted_proxies, settings.secure_cookies) == (1, True)
    assert settings_from({**environment, "COACH_TRUSTED_PROXIES": "0"}).trusted_proxies == 0


def test_without_tls_no_proxy_is_believed(environment):
    assert settings_from({**environment, "COACH_BASE_URL": "http://localhost:8000"}).trusted_proxies == 0
