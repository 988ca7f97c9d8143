# A NATS server for where no registry is reachable: `make image-nats`. Used as the
# official image is: the entry point is the server, /data its volume.
FROM scratch

ADD root.tar /

USER 65532:65532
EXPOSE 4222
VOLUME ["/data"]
ENTRYPOINT ["/nats-server"]
