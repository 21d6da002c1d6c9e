"""What the pages share: frame, session, language, charts, components and the HTTP routes."""
