package dev.singleflight.interceptor

import dev.singleflight.annotation.SingleFlight
import dev.singleflight.annotation.SingleFlightForget
import java.util.concurrent.CompletableFuture

data class KotlinRegion(val country: String, val code: Int)

open class KotlinUsers {
    @SingleFlight(group = "by id", key = "#id")
    open fun find(id: Long): CompletableFuture<String> = CompletableFuture()

    @SingleFlight(group = "by region", key = "#region")
    open fun findIn(region: KotlinRegion): CompletableFuture<String> = CompletableFuture()

    @SingleFlight(group = "by country", key = "#region.country + '/' + #name")
    open fun findNamed(region: KotlinRegion, name: String?): CompletableFuture<String> = CompletableFuture()

    @SingleFlight("by all")
    open fun findAll(region: KotlinRegion, name: String? = null): CompletableFuture<String> = CompletableFuture()
}

/** Final, as all of Kotlin's classes are that do not say otherwise. */
class FinalKotlinUsers {
    @SingleFlight(key = "#id") fun find(id: Long) = "user $id"
}

/** Its methods are final, as all of Kotlin's are that do not say otherwise. */
open class FinalMethodOfKotlinUsers {
    @SingleFlight(key = "#id") fun find(id: Long) = "user $id"
}

open class FinalPropertyOfKotlinUsers(val region: String) {
    @SingleFlight(key = "#id") open fun find(id: Long) = "user $id"
}

open class SuspendingKotlinUsers {
    @SingleFlight(key = "#id") open suspend fun find(id: Long) = "user $id"
}

open class SuspendingForgetOfKotlinUsers {
    @SingleFlight("users") open fun find(id: Long) = "user $id"

    @SingleFlightForget(group = "users", key = "#id") open suspend fun update(id: Long) = id
}
