"""The people's API: `/api/v1/`, bearer tokens with scopes, RFC 9457 problems."""
