using System.Diagnostics.CodeAnalysis;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>A queue in which clients take turns: each turn takes the oldest item of the client whose turn it is. A client with many items
/// does not delay the others.</summary>
internal sealed class FairQueue<T>
    where T : class
{
    private readonly object _gate = new();
    private readonly Dictionary<string, LinkedList<T>> _items = [];
    private readonly LinkedList<string> _turns = [];
    private bool _isComplete;

    /// <summary>Adds an item.</summary>
    /// <param name="client">The client to which it belongs.</param>
    /// <param name="item">The item.</param>
    /// <param name="limit">The most items of a client that wait at a time.</param>
    /// <returns>False where as many of its items wait, or the queue is complete.</returns>
    public bool TryAdd(string client, T item, int limit = int.MaxValue)
    {
        lock (_gate)
        {
            if (_isComplete)
                return false;
            if (!_items.TryGetValue(client, out var own))
            {
                _items[client] = own = [];
                _turns.AddLast(client);
            }
            if (own.Count >= limit)
                return false;
            own.AddLast(item);
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <summary>Removes an item that still waits.</summary>
    /// <returns>False where it does not wait any more.</returns>
    public bool Remove(string client, T item)
    {
        lock (_gate)
        {
            if (!_items.TryGetValue(client, out var own) || !own.Remove(item))
                return false;
            if (own.Count == 0)
            {
                _items.Remove(client);
                _turns.Remove(client);
            }
            return true;
        }
    }

    /// <summary>Waits for the next item; false where the queue is complete and empty.</summary>
    public bool TryTake([MaybeNullWhen(false)] out T item)
    {
        lock (_gate)
        {
            while (_turns.Count == 0 && !_isComplete)
                Monitor.Wait(_gate);
            if (_turns.First is not { Value: var client })
            {
                item = null;
                return false;
            }
            _turns.RemoveFirst();
            var own = _items[client];
            item = own.First!.Value;
            own.RemoveFirst();
            if (own.Count > 0)
                _turns.AddLast(client);
            else
                _items.Remove(client);
            return true;
        }
    }

    /// <summary>The item that is taken next; null where none waits.</summary>
    public T? Peek()
    {
        lock (_gate)
            return _turns.First is { Value: var client } ? _items[client].First!.Value : null;
    }

    /// <summary>Ends the queue: nothing can be added, and what waits can still be taken.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            _isComplete = true;
            Monitor.PulseAll(_gate);
        }
    }
}
