"""Training on a cluster: the service that the pages talk to, jobs, tasks, workers."""
