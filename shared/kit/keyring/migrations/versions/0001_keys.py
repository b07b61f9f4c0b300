"""The keys table, and the rights of the services that may use it."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE keys (
            number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subject    text NOT NULL,
            purpose    text NOT NULL,
            wrapped    bytea,
            wrapping   integer NOT NULL,
            issued     timestamptz NOT NULL DEFAULT clock_timestamp(),
            destroyed  timestamptz,
            CHECK ((wrapped IS NULL) = (destroyed IS NOT NULL))
        )
        """
    )
    op.execute("CREATE UNIQUE INDEX keys_live ON keys (subject, purpose) WHERE destroyed IS NULL")
    # Whoever may connect may use keys. Stubs are for ever: nobody is granted DELETE.
    op.execute(
        """
        DO $$ DECLARE role text; BEGIN
            FOR role IN SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user
                AND has_database_privilege(rolname, current_database(), 'CONNECT')
            LOOP
                EXECUTE format('GRANT SELECT, INSERT, UPDATE ON keys TO %I', role);
            END LOOP;
        END $$
        """
    )


def downgrade() -> None:
    op.execute("DROP TABLE keys")
