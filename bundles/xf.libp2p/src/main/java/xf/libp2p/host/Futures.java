package xf.libp2p.host;

import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.FutureListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import xf.gossip.net.CloseReason;
import xf.gossip.net.NetworkException;

/** Between Netty's futures and the JDK's. */
final class Futures {
  private Futures() {}

  /** The same result as the JDK's kind of future; cancelling it cancels the original. */
  static <T> CompletableFuture<T> toCompletable(Future<T> future) {
    CompletableFuture<T> result = new CompletableFuture<>();
    future.addListener((FutureListener<T>) done -> pass(done, result));
    var unused = result.whenComplete((value, failure) -> cancelIf(future, failure));
    return result;
  }

  private static <T> void pass(Future<T> done, CompletableFuture<T> result) {
    if (done.isSuccess()) {
      result.complete(done.getNow());
    } else {
      result.completeExceptionally(typed(done.cause()));
    }
  }

  private static void cancelIf(Future<?> future, @Nullable Throwable failure) {
    if (failure != null) {
      future.cancel(false);
    }
  }

  /** The failure itself, out of the wrappings of futures; one without a reason gets one. */
  static NetworkException typed(@Nullable Throwable failure) {
    Throwable cause = failure;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof NetworkException network) {
      return network;
    }
    return new NetworkException(
        CloseReason.local(CloseReason.Kind.TRANSPORT, describe(cause)), cause);
  }

  private static String describe(@Nullable Throwable cause) {
    if (cause == null) {
      return "given up";
    }
    String message = cause.getMessage();
    return message == null || message.isBlank() ? cause.getClass().getSimpleName() : message;
  }

  static NetworkException failure(CloseReason.Kind kind, String detail) {
    return CloseReason.local(kind, detail).toException();
  }
}
