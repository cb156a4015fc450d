"""How often leaks are found, and how often something honest is called one."""
