"""Alembic runs this: in the transaction that `upgrade` opened, so that a step which fails undoes them all."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
