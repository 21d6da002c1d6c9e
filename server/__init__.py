"""The HTTP server beside the pages: routes, event streams, access, translations. Starlette, no Streamlit."""
