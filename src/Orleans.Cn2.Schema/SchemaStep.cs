namespace Orleans.Cn2.Schema;

/// <summary>The steps from nothing to the tables of this release.</summary>
internal static class SchemaStep
{
    /// <summary>Step n leads from version n to n+1. Steps are never changed after a release, only added.</summary>
    public static readonly string[] All =
    [
        """
        CREATE TABLE cn2.state(
            name       text     COLLATE "C" NOT NULL,
            grain_key  bytea    NOT NULL,
            grain_type text     COLLATE "C" NOT NULL,
            etag       bigint   NOT NULL,
            format     smallint NOT NULL,
            payload    bytea    NOT NULL,
            PRIMARY KEY (name, grain_key, grain_type)
        ) WITH (fillfactor = 70);
        ALTER TABLE cn2.state ALTER COLUMN payload SET STORAGE EXTERNAL;
        CREATE SEQUENCE cn2.etag_block;
        CREATE VIEW cn2.readable_state AS
            SELECT name, grain_type, encode(grain_key, 'escape') AS grain_key, etag, format, length(payload) AS bytes FROM cn2.state;
        CREATE TABLE cn2.membership_version(
            cluster text   NOT NULL PRIMARY KEY,
            version bigint NOT NULL
        );
        CREATE TABLE cn2.membership(
            cluster      text        NOT NULL REFERENCES cn2.membership_version ON DELETE CASCADE,
            silo         text        NOT NULL,
            version      bigint      NOT NULL,
            status       smallint    NOT NULL,
            name         text        NOT NULL,
            host         text        NOT NULL,
            gateway_port integer     NOT NULL,
            started_at   timestamptz NOT NULL,
            alive_at     timestamptz NOT NULL,
            suspects     jsonb       NOT NULL,
            PRIMARY KEY (cluster, silo)
        );
        """,
    ];
}
