-- How often something happened in an hour, for the statistics of administrators: a row for
-- each hour and kind, in which every process adds its counts once a minute. Hours are their
-- beginning. The purge removes rows after 35 days, so the table is bounded.
CREATE TABLE statistics (
    hour  bigint NOT NULL,
    kind  text   NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (hour, kind)
);
