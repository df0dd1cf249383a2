"""Addresses of the site. The API takes its place here with its own issue."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
