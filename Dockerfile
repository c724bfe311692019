# One image for every part: `part NAME` says which one a container runs. With `--build-arg TENSORFLOW=gpu` it has TensorFlow with
# CUDA; the driver is the machine's.
FROM node:22-bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates g++ git python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /opt/ingot
RUN chown node:node /opt/ingot && mkdir /data /state && chown node:node /data /state
USER node
COPY --chown=node:node . .
ARG TENSORFLOW=cpu
RUN npm run build -- "$TENSORFLOW" && npm cache clean --force
ENV INGOT_MODELS_DIR=/data/models \
    INGOT_STAGING_DIR=/data/staging \
    INGOT_LOGS_DIR=/data/logs \
    INGOT_DATA_CACHE=/data/cache \
    INGOT_AUDIT_DIR=/data/audit \
    INGOT_SERVING_STATE_DIR=/state
ENTRYPOINT ["node", "scripts/lib/cli.js", "part"]
