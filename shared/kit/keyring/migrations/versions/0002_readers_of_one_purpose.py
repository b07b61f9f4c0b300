"""Reporting reads the keys of self-identification, no others, and makes none."""

from alembic import op

revision = "0002"
down_revision = "0001"

# Whoever has no policy sees no key: a user that is added later starts with nothing.
UP = """
DO $$ DECLARE role text; BEGIN
    FOR role IN SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user
        AND rolname <> 'reporting' AND has_table_privilege(rolname, 'keys', 'INSERT')
    LOOP
        EXECUTE format('CREATE POLICY %I ON keys TO %I USING (true) WITH CHECK (true)', role, role);
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporting') THEN
        REVOKE ALL ON keys FROM reporting;
        GRANT SELECT ON keys TO reporting;
        CREATE POLICY reporting ON keys FOR SELECT TO reporting USING (purpose = 'self-identification');
    END IF;
END $$
"""
DOWN = """
DO $$ DECLARE policy text; BEGIN
    FOR policy IN SELECT policyname FROM pg_policies WHERE tablename = 'keys' LOOP
        EXECUTE format('DROP POLICY %I ON keys', policy);
    END LOOP;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'reporting') THEN
        REVOKE ALL ON keys FROM reporting;
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute(UP)
    op.execute("ALTER TABLE keys ENABLE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("ALTER TABLE keys DISABLE ROW LEVEL SECURITY")
    op.execute(DOWN)
