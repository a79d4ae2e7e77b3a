using System.Diagnostics.CodeAnalysis;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>A queue in which clients take turns: each turn takes the oldest item of the client whose turn it is. A client with many items
/// does not delay the others.</summary>
internal sealed class FairQueue<T>
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly Dictionary<string, Queue<T>> _items = [];
    private readonly Queue<string> _turns = [];
    private int _count;
    private bool _isComplete;

    /// <summary>Adds an item.</summary>
    /// <param name="client">The client to which it belongs.</param>
    /// <param name="item">The item.</param>
    /// <param name="limit">The most items that wait at a time.</param>
    /// <returns>False where as many items wait, or the queue is complete.</returns>
    public bool TryAdd(string client, T item, int limit = int.MaxValue)
    {
        lock (_gate)
        {
            if (_isComplete || _count >= limit)
                return false;
            if (!_items.TryGetValue(client, out var own))
            {
                _items[client] = own = new Queue<T>();
                _turns.Enqueue(client);
            }
            own.Enqueue(item);
            _count++;
        }
        _available.Release();
        return true;
    }

    /// <summary>Waits for the next item; false where the queue is complete and empty.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        _available.Wait();
        lock (_gate)
        {
            if (_count == 0)
            {
                // The end is there for the next call too.
                _available.Release();
                item = default;
                return false;
            }
            var client = _turns.Dequeue();
            var own = _items[client];
            item = own.Dequeue();
            _count--;
            if (own.Count > 0)
                _turns.Enqueue(client);
            else
                _items.Remove(client);
            return true;
        }
    }

    /// <summary>Ends the queue: nothing can be added, and what waits can still be taken.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (_isComplete)
                return;
            _isComplete = true;
        }
        _available.Release();
    }
}
