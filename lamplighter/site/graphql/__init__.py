"""
Reads across contexts in one question, at /api/graphql: through the same queries and permissions as
the REST API, and for reading only.
"""
