"""The clinic's typical bands of effect: for every product, and for products that take another course."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.domain.bands import BANDS, BandRule, begins_of
from coach.services import bands, caseload
from coach.services.charts import PRODUCTS
from coach.services.refusals import Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist import findings
from coach.web.therapist.band_form import begins_in, read_back, told
from coach.web.therapist.sentences import errors_of

bp = Blueprint("bands", __name__)

_NEW = "new"  # which of the forms was sent: that of a product without bands of its own yet


@dataclass(frozen=True, slots=True)
class BandForm:
    """One of the forms of the page. `product` None: of every product. `before` is what it was filled from."""

    product: str | None
    typed: dict[str, str]
    before: str
    errors: dict[str, str]


@bp.get("/bands")
@therapists_only
def index() -> str:
    return _page(None)


@bp.post("/bands")
@therapists_only
def create() -> Response:
    """The days for every product (no `product`), for one, or (`back`) those of every product again."""
    names = ("product", *BANDS, "before", "form", "reason")
    typed = {name: request.form.get(name, "").strip() for name in names}
    product = request.form.get("product")
    change: dict[str, Any] = {"before": read_back(typed["before"]), "reason": typed["reason"], "now": clock()}
    try:
        begins = None if "back" in request.form else begins_in(typed)
        with database().write() as db:
            if begins is None:
                bands.follow_every_product(db, viewer(), product=product or "", **change)
            else:
                bands.edit(db, viewer(), product=product, begins=begins, **change)
    except Refused as refused:
        sent = BandForm(product, typed, typed["before"], errors_of(refused.refusals))
        return make_response(_page(sent), 422)
    return _to_page()


def _page(sent: BandForm | None) -> str:
    with database().read() as db:
        found = bands.of_clinic(db, viewer())
        history = bands.history_of_clinic(db, viewer())
        zone = caseload.usual_zone(db, viewer()) or "UTC"
    is_new = sent is not None and sent.typed["form"] == _NEW
    every = _form(None, found.every_product)
    of_products = [_form(product, rules) for product, rules in found.products.items()]
    offered = [product for product in PRODUCTS if product not in found.products]
    fresh = BandForm("", {**every.typed, "product": ""}, "", {})
    if sent is not None and is_new:
        fresh = sent
    elif sent is not None and sent.product is None:
        every = sent
    elif sent is not None:
        of_products = [sent if each.product == sent.product else each for each in of_products]
    return render(
        "therapist/bands.html",
        every=every,
        of_products=of_products,
        fresh=fresh,
        is_new=is_new,
        offered=offered,
        words=findings,
        names=BANDS,
        history=history,
        zone=zone,
    )


def _form(product: str | None, rules: tuple[BandRule, ...]) -> BandForm:
    begins = begins_of(rules)
    typed: dict[str, str] = {name: "" if begins is None else str(getattr(begins, name)) for name in BANDS}
    return BandForm(product, {**typed, "product": product or "", "reason": ""}, told(begins), {})


def _to_page() -> Response:
    return make_response(redirect(url_for("bands.index"), 303))
