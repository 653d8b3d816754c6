"""The settings as docs/settings.md lists them: a row each, with the default that the program has."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel, SecretStr

from telassure.wiring.settings import Settings


def defaults(model: type[BaseModel] = Settings, before: str = "") -> Iterator[tuple[str, str]]:
    """The name of every setting and its default as one writes it."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from defaults(kind, f"{before}{name}.")
        else:
            value = field.default
            written = value.get_secret_value() if isinstance(value, SecretStr) else value
            yield f"{before}{name}", "" if written is None else str(written)


def table(said: Mapping[str, str]) -> str:
    """`said` is what each is for."""
    rows = [f"| `{name}` | {f'`{value}`' if value else ''} | {said[name]} |" for name, value in defaults()]
    return "\n".join(["| setting | default | |", "| --- | --- | --- |", *rows])
