/**
 * The bundle's services: thin components over plain classes. An activation that fails throws; a
 * half-open store is never registered.
 */
@NullMarked
package xf.store.service;

import org.jspecify.annotations.NullMarked;
