"""Addresses of the site. The API takes its place here with its own issue."""

from django.urls import URLPattern, URLResolver, include, path

from lamplighter.platform import web

urlpatterns: list[URLPattern | URLResolver] = [path("health/", include(web.health))]

handler400 = web.bad_request
handler403 = web.forbidden
handler404 = web.not_found
handler500 = web.broken
