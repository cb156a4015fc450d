"""LiteRT files: conversion, and what it lacks."""
