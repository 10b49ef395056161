"""What we compare with: the receiver that Django's and Channels' documentation lead to.

A synchronous view, default middleware, `RequestValidator`, one ORM create, `group_send` through channels_redis; a
consumer that joins a group. Same PostgreSQL, same Redis, same uvicorn. `python -m tests.bench.stock FD` serves it.
"""

import os
import socket
import sys
from typing import Any

import django
from django.conf import settings

from tempsms.lib import postgres_url

TOKEN = "0123456789abcdef0123456789abcdef"
NUMBER = "+15005550099"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]


def configure() -> None:
    """Settings as `startproject` makes them, with a connection pool, which the documentation recommends for ASGI."""
    pool = {"min_size": 2, "max_size": 8, "timeout": 30}
    settings.configure(
        SECRET_KEY="x" * 50,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        MIDDLEWARE=MIDDLEWARE,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "channels",
        ],
        DATABASES={"default": postgres_url.parse(os.environ["STOCK_DATABASE_URL"], pool=pool)},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        CHANNEL_LAYERS={
            "default": {
                "BACKEND": "channels_redis.core.RedisChannelLayer",
                "CONFIG": {"hosts": [os.environ["STOCK_REDIS_URL"]], "capacity": 100_000},
            }
        },
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()


configure()

from asgiref.sync import async_to_sync  # noqa: E402
from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402
from channels.layers import get_channel_layer  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden  # noqa: E402
from django.template import Context, Template  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402
from twilio.request_validator import RequestValidator  # noqa: E402


class Message(models.Model):
    """The obvious table."""

    sid = models.CharField(max_length=40, unique=True)
    recipient = models.CharField(max_length=20, db_index=True)
    sender = models.CharField(max_length=20)
    body = models.TextField()
    received_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "stock"


@csrf_exempt
def webhook(request: HttpRequest) -> HttpResponse:
    """Verify, create, push."""
    url = os.environ["STOCK_URL"] + request.path
    signature = request.headers.get("X-Twilio-Signature", "")
    if not RequestValidator(TOKEN).validate(url, request.POST, signature):
        return HttpResponseForbidden()
    message = Message._default_manager.create(
        sid=request.POST["MessageSid"],
        recipient=request.POST["To"],
        sender=request.POST["From"],
        body=request.POST["Body"],
    )
    event = {"type": "sms", "id": message.pk, "from": message.sender, "body": message.body}
    async_to_sync(get_channel_layer().group_send)(f"number_{message.recipient[1:]}", event)
    return HttpResponse("<Response/>", content_type="text/xml")


class Consumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc]
    """Joins its number's group and passes on what is sent there."""

    async def connect(self) -> None:
        """Join and accept."""
        await self.channel_layer.group_add("number_15005550006", self.channel_name)
        await self.accept()

    async def sms(self, event: dict[str, Any]) -> None:
        """Pass on."""
        await self.send_json(event)


_PAGE = """<!doctype html><html lang="en"><title>{{ number }}</title><h1>{{ number }}</h1><ol>
{% for message in messages %}<li><b>{{ message.sender }}</b> <time datetime="{{ message.received_at|date:"c" }}">
{{ message.received_at|timesince }} ago</time><p>{{ message.body|linebreaksbr }}</p></li>{% endfor %}</ol></html>"""


def page(request: HttpRequest) -> HttpResponse:
    """The newest 50 messages of a number."""
    messages = Message._default_manager.filter(recipient=NUMBER).order_by("-received_at")[:50]
    return HttpResponse(PAGE.render(Context({"number": NUMBER, "messages": messages})))


urlpatterns = [path("hook/", webhook), path("page/", page)]
PAGE = Template(_PAGE)
application = ProtocolTypeRouter(
    {"http": get_asgi_application(), "websocket": URLRouter([path("ws/", Consumer.as_asgi())])}
)


def main() -> None:
    """Make the table and serve."""
    import uvicorn

    with connection.schema_editor() as editor:
        connection.cursor().execute("DROP TABLE IF EXISTS stock_message")
        editor.create_model(Message)
    rows = [
        Message(sid=f"page{n}", recipient=NUMBER, sender="+14155550100", body=f"Hello {n}") for n in range(50)
    ]
    Message._default_manager.bulk_create(rows)
    connection.close()
    config = uvicorn.Config(
        application, loop="uvloop", http="httptools", access_log=False, log_level="warning", lifespan="off"
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


if __name__ == "__main__":
    main()
