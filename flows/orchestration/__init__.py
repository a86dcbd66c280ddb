"""Prefect's machinery: deployments, approval, artifacts, credentials, serving. The flows import it, runs never do."""
