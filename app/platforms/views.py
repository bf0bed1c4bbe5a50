"""The addresses of platforms."""

from flask import Blueprint

from app.platforms.commands import DeletePlatform
from app.platforms.models import Platform
from app.platforms.screens import PLATFORMS, PlatformForm, platform_detail, prepare
from app.web.resource import Resource, mount

blueprint = Blueprint("platforms", __name__)
mount(
    Resource(
        listing=PLATFORMS,
        model=Platform,
        singular="Platform",
        module="platforms",
        detail=platform_detail,
        form=PlatformForm,
        prepare=prepare,
        create=PlatformForm.create,
        edit=lambda platform, form, version: form.edit(platform.id, version),
        delete=lambda platform: DeletePlatform(platform.id),
    ),
    blueprint,
)
