using System;
using System.Collections.Generic;
using System.Linq;

namespace UnityEngine
{
    /// <summary>An object of the engine: one that was destroyed equals null.</summary>
    public class Object
    {
        internal bool destroyed, kept;

        public static void DontDestroyOnLoad(Object target)
        {
            target.kept = true;
        }

        public static void Destroy(Object obj)
        {
            DestroyImmediate(obj);
        }

        public static void DestroyImmediate(Object obj)
        {
            if (obj != null) Engine.Destroy(obj);
        }

        public static bool operator ==(Object a, Object b)
        {
            var noA = ReferenceEquals(a, null) || a.destroyed;
            var noB = ReferenceEquals(b, null) || b.destroyed;
            return noA || noB ? noA && noB : ReferenceEquals(a, b);
        }

        public static bool operator !=(Object a, Object b)
        {
            return !(a == b);
        }

        public override bool Equals(object other)
        {
            return this == other as Object;
        }

        public override int GetHashCode()
        {
            return base.GetHashCode();
        }
    }

    public sealed class GameObject : Object
    {
        internal readonly List<MonoBehaviour> Components = new List<MonoBehaviour>();

        public GameObject(string name)
        {
            this.name = name;
            Engine.Add(this);
        }

        public string name { get; set; }

        public T AddComponent<T>() where T : MonoBehaviour, new()
        {
            var component = new T();
            component.Holder = this;
            Components.Add(component);
            Engine.Add(component);
            return component;
        }
    }

    public class Component : Object
    {
        internal GameObject Holder;

        public T GetComponent<T>()
        {
            return Holder.Components.OfType<T>().FirstOrDefault();
        }
    }

    public class Behaviour : Component
    {
    }

    public class MonoBehaviour : Behaviour
    {
    }

    public class ScriptableObject : Object
    {
        public static T CreateInstance<T>() where T : ScriptableObject, new()
        {
            return new T();
        }
    }

    public static class Resources
    {
        public static T Load<T>(string path) where T : Object
        {
            Object found;
            return Engine.Assets.TryGetValue(path, out found) ? found as T : null;
        }
    }

    public struct Vector2
    {
        public float x, y;
    }

    public static class Mathf
    {
        public static int Max(int a, int b)
        {
            return Math.Max(a, b);
        }

        public static int Clamp(int value, int min, int max)
        {
            return Math.Max(min, Math.Min(max, value));
        }
    }
}
