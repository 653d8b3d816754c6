"""A demo operator: network, customers, faults and every event they cause, sent through the ingestion endpoints."""
