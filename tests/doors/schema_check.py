"""A small reader of JSON Schema: enough of it to hold examples to the published description."""

KINDS = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def wrong(schema, value, components, at=""):
    """What is wrong with `value`, as a list of pointers; empty if it fits."""
    if "$ref" in schema:
        return wrong(components[schema["$ref"].rpartition("/")[2]], value, components, at)
    if "oneOf" in schema:
        fits = [each for each in schema["oneOf"] if not wrong(each, value, components, at)]
        return [] if fits else [f"{at}: none fits"]
    found = _wrong_kind(schema, value, at)
    if found:
        return found
    if "enum" in schema and value is not None and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not named")
    if isinstance(value, dict):
        found += [
            f"{at}/{name}: missing" for name in schema.get("required", ()) if name not in value
        ]
        known = schema.get("properties", {})
        for name, each in value.items():
            if name in known:
                found += wrong(known[name], each, components, f"{at}/{name}")
    if isinstance(value, list):
        for number, each in enumerate(value):
            found += wrong(schema.get("items", {}), each, components, f"{at}/{number}")
    return found


def _wrong_kind(schema, value, at):
    kinds = schema.get("type")
    if kinds is None:
        return []
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        if kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
            return []
        if kind in KINDS and isinstance(value, KINDS[kind]):
            return [] if kind != "integer" or not isinstance(value, bool) else [f"{at}: a boolean"]
    return [f"{at}: not {kinds}"]
