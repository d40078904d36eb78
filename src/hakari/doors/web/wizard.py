"""The order wizard."""

from fastapi import APIRouter

from hakari.doors.web.shell import PageRoute

router = APIRouter(include_in_schema=False, route_class=PageRoute)
