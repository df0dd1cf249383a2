"""Addresses of the site. Who may open them is said in `site.access`."""

from django.urls import URLPattern, URLResolver, include, path

from lamplighter.platform import web
from lamplighter.site.api import api
from lamplighter.site.graphql.view import graphql
from lamplighter.site.pages import accounts, bills, readings, review, sessions

AT_THE_ROOT = ("authenticate", "hello")
"""Operations of the API that are known without its prefix too. They let in by themselves."""

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/", include(web.health)),
    path("api/graphql", graphql, name="graphql"),
    path("api/", api.urls),
    *(path(name, web.open_to_all(api.view_of(f"/{name}"))) for name in AT_THE_ROOT),
    path("login", sessions.log_in, name="log_in"),
    path("login/code", sessions.show_factor, name="log_in_code"),
    path("logout", sessions.log_out, name="log_out"),
    path("", accounts.search, name="search"),
    path("accounts/<identifier:number>/readings", readings.choose_meter, name="meters"),
    path("accounts/<identifier:number>/readings/<uuid:meter_id>", readings.enter, name="reading"),
    path("accounts/<identifier:number>", accounts.account, name="account"),
    path("bills/<identifier:number>/pdf", bills.pdf, name="bill_pdf"),
    path("bills/<identifier:number>", bills.show, name="bill"),
    path("review", review.review, name="review"),
    path("review/<uuid:held_id>/release", review.release, name="release"),
    path("review/<uuid:held_id>/discard", review.discard, name="discard"),
]

handler400 = "lamplighter.site.pages.refused.bad_request"
handler403 = "lamplighter.site.pages.refused.forbidden"
handler404 = "lamplighter.site.pages.refused.not_found"
handler500 = "lamplighter.site.pages.refused.broken"
