"""The sandbox's endpoints: who may ask, where a path leads, and what each action does."""
