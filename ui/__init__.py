"""What the pages share: the frame, the session, components, and the parts of each page. Streamlit."""
