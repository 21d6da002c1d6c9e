# The dashboard with its data and presets: docker compose up. Needs nothing from the internet once it is built.
FROM python:3.11-slim-bookworm AS build
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && rm -rf /var/lib/apt/lists/*
RUN python -m venv --without-pip /opt/lab
COPY requirements.txt /opt/
RUN pip --python /opt/lab/bin/python install --no-cache-dir --no-compile -r /opt/requirements.txt
# What only people who build on these packages need stays out: headers, static parts, symbols, tests; and what is listed
# but never loaded here: libclang and gRPC (TensorFlow), Flight (Arrow). TensorFlow alone is 0.6 GB smaller.
RUN cd /opt/lab/lib/python3.11/site-packages \
    && rm -rf tensorflow/include clang grpc pyarrow/include pyarrow/src pyarrow/*flight* \
    && find . -type d -name tests -prune -exec rm -rf {} + \
    && find . -type f \( -name "*.a" -o -name "*.h" -o -name "*.pyi" -o -name "*.pyx" -o -name "*.js.map" \) -delete \
    && find tensorflow -type f -name "*.so*" -exec strip --strip-unneeded {} +
# Bytecode of what is imported, Python's own library included, in a folder of its own: the root is read-only later.
ENV PATH=/opt/lab/bin:$PATH PYTHONPATH=/app PYTHONPYCACHEPREFIX=/opt/bytecode
WORKDIR /app
COPY . .
RUN python .ci/first_start.py

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin lab \
    && install --directory --owner=lab --group=lab /models /certificates
COPY --from=build /opt/lab /opt/lab
COPY --from=build /opt/bytecode /opt/bytecode
COPY --from=build /app /app
WORKDIR /app
ENV PATH=/opt/lab/bin:$PATH PYTHONPATH=/app PYTHONPYCACHEPREFIX=/opt/bytecode PYTHONUNBUFFERED=1 HOME=/tmp \
    MODELS_DIR=/models AUTOENCODER_DATA=/models/.datasets AUTOENCODER_LOGS=json \
    STREAMLIT_SERVER_ADDRESS=0.0.0.0 STREAMLIT_SERVER_PORT=8501 STREAMLIT_LOGGER_HIDE_WELCOME_MESSAGE=true
USER lab
VOLUME /models
EXPOSE 8501
HEALTHCHECK --interval=10s --timeout=5s --start-period=90s --retries=3 CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/healthz', timeout=4)"]
ENTRYPOINT ["python", "-m", "autoencoder.process.logs"]
CMD ["streamlit", "run", "app.py"]
