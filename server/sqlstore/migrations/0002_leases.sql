-- A row per node that shares the store. Times are UNIX milliseconds by the database's clock.

CREATE TABLE leases (
    node         TEXT   NOT NULL PRIMARY KEY,
    holder       TEXT   NOT NULL, -- the process
    renewed_at   BIGINT NOT NULL,
    steady_since BIGINT NOT NULL, -- renewed from then on without a gap
    reaped_at    BIGINT           -- its sessions were given up: the node is gone
);
